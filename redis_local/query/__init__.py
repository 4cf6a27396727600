"""The query language of FT.SEARCH: lexer -> parser -> frozen nodes -> evaluator."""
