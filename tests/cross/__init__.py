"""Do the cross validators find what does not fit together, and only that?"""
