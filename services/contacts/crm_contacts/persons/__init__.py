"""All that contacts keeps of a person, whichever noun it hangs on."""
