"""What is there to be told of a collection? Counts, and where boxes lie; never one person's data.

crop         where on its picture the box of a record is
standing     how many records are in each state just now
tally        what one reading of the records finds: days, label values, sizes, ratios, boxes
reckoner     the same, read again only now and then
refusals     what was turned away: hour, stage, slug and rule
terminal     all of it as lines of a terminal
"""
