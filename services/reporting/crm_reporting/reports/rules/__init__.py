"""What reports are, and how they are set: tables, pictures, files, pages."""
