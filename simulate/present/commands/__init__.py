"""Commands of the command line, one module each; anything heavy is imported inside."""
