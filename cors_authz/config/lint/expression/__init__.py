"""What a regex of ``allowedOrigins`` admits, found out from its syntax and tried on RE2.

``syntax`` reads an expression, ``template`` lists what it spells and what it leaves open,
``shape`` reads a template as an origin, ``hostile`` thinks up what an attacker would send,
``judge`` says what comes of it. Nothing here knows of policies, levels or positions.
"""
