"""Letters that come back to our mailbox: read by IMAP, kept once, put into conversations."""
