"""What the county needs and what it educates: needs, expected graduates, gaps.

Words: the *need* is the number of persons a year for whom the county has openings at the secondary
vocational level: advertised heads × capture × level share, each factor with its source and its
uncertainty. *Entering* are the graduates of a year who look for work in the county: students ×
retention × not going on to higher education × staying. The *gap* is need minus entering.

What always holds: the need of an occupation is split once over the specialties that lead to it, so
that the needs of all specialties and of the occupations without one add up to the need of all
occupations.
"""
