"""Routes of the web chats feature: of colleagues, and of the pages' visitors."""
