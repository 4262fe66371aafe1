"""Where every change of contacts, companies, leads and cases is held against validations."""
