"""Events published by the reporting service: none yet; its inputs will be nouns like others."""
