"""From films of speakers to a SET of aligned mouths and their sound."""
