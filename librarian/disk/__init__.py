"""How are things kept on this machine's own disk? What the local actors share; no actor itself."""
