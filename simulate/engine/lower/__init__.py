"""Words to arrays: the only room that knows both."""
