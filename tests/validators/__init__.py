"""Does every validator of labels and data say what is wrong, and only that?"""
