"""Commands of the command line, one a module: those of the analyses here. Anything heavy is imported inside."""
