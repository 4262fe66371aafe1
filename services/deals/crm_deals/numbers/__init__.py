"""Numbers of documents: drawn without gaps."""
