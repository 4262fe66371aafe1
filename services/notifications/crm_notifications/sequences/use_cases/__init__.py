"""What is done to sequences: begun once per occasion, led on step by step, ended early."""
