"""Is every form of sending read as it was meant?"""
