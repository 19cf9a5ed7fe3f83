"""Does an owner begin well?"""
