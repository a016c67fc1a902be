"""Job advertisements: their imports, repeats, and the skills and occupations read from their text.

Words: an *advertisement* asks for some heads on a day, in one source; the same one seen again
(another source, or within 45 days) counts once and points to the first. A *skill* is a code of the
table of skills, *listed* by the source or read in the *text*; words that the table does not know
stay as they are listed.

What always holds: an import is checked before it is stored, and stored whole or not at all; a
repeated advertisement counts no heads.

Where to look: `importing` checks and stores files, `storing` says what a file would change,
`repeats` finds what was seen before, `skills/` reads texts, `titles/` the occupation where a source
gives no code.
"""
