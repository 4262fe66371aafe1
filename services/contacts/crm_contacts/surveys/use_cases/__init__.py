"""What is done with surveys: they are written, somebody is asked, he answers, it is counted."""
