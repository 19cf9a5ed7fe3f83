"""Does each preset serve what it promises?"""
