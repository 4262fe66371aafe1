"""Taking clients in by hand: whoever seems to be here already is told, refused or linked."""
