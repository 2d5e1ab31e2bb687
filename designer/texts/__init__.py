"""What the text view asks: the draft with the text that is being typed, read as editors read it."""
