"""Rules in words: a sentence of controlled Chinese or English becomes a typed rule, its definitions, and its tests."""
