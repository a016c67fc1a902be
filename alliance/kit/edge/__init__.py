"""What stands between the network and a handler: names, sizes, characters, tokens, time and the
headers of every answer.

`hub` wraps the whole application, so that nothing is answered without it. `bodies`, `csrf` are
middleware in front of the handlers; `answers` says every refusal in the reader's words; `serving`
is the server's side of time; `health` tells machines.
"""
