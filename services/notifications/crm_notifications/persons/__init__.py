"""What notifications keeps of a person: told to him on request, emptied when he is erased."""
