"""Does every actor keep its promises?"""
