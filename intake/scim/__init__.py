"""SCIM 2.0: a customer's directory (Entra, Okta) keeps the customer's contacts. RFC 7643, RFC 7644"""
