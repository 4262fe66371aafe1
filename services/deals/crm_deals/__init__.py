"""The deals service: pipelines, deals, products and money owed."""
