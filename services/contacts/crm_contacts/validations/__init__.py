"""What the company's own rules forbid for contacts, companies, leads and cases, and why."""
