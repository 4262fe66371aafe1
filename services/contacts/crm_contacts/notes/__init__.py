"""What somebody wrote down about a contact, a company or a deal."""
