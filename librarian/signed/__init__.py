"""What does the service sign, so that it knows it again? Receipts' tokens and the desk's sessions.

secret       what all is signed with
token        what shows that a contribution is one's own
session      what shows that a browser has given a review key
reviewkey    the review key that the embedded default makes for itself
"""
