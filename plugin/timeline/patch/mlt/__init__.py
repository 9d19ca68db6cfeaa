"""Dubbed shots into a project of Kdenlive, Shotcut or MLT; starts at write.py."""
