"""A whole way of selling as one file: pipeline, stages, reasons, rules; in and out."""
