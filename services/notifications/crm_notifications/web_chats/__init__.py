"""Web chats: visitors of a company's pages write, colleagues answer in conversations."""
