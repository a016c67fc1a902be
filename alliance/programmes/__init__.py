"""What a school teaches and whom: programmes, classes, students, and the imports that bring
students in.

Words: a *roster* (学生名单) is a spreadsheet of students; its *dry run* shows every problem before
anything is stored; a *pseudonym* (化名编号) stands for a student where the name may not be seen.
What always holds: everything that names a student is ciphertext under the student's own key; a
student number is unique in its school, so an import may be repeated; erasing a student destroys the
key and leaves counts, audit and ledger standing.
"""
