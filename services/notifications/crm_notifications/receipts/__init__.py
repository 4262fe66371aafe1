"""What providers say later of a message: it arrived, came back, was complained of, cost so much."""
