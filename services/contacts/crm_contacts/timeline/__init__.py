"""What happened with a contact, a company or a deal, newest first."""
