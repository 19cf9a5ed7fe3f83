"""How does an owner begin? Questions are asked, and files written that serve what was answered."""
