"""Chat Completion Playground: write a conversation, run it on any chat model, take the code away."""
