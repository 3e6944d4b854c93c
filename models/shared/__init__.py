"""What interventions share: the pathway of service users and its costs, the ward, accounts, figures, claims."""
