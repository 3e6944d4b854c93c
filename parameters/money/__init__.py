"""The one room for money: currencies and their signs, price indices, rates of exchange, and what a model is told in."""
