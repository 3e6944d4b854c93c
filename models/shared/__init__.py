"""What interventions share: the pathway of service users and its costs, the ward, and accounts without a pathway."""
