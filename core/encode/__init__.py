"""Write picture files: like their source, joined, or drawn."""
