"""A person's own data: what the hub holds, why and how long, and what the person may ask for.

Words: register (each personal column with purpose and basis) · request (see, correct, restrict,
erase, explain, object) · notice (告知书, told before use, by version) · consent (同意, its own
record, withdrawable) · breach (泄露事件, its letters).

What always holds (in the database): one open request of a kind for a person; an answered request, a
confirmed breach and a given consent never change; nobody confirms alone what another wrote. In a
test: no column of any table outside the register.

Where to look: `register` the files of data, `holdings` what one person sees.
"""
