"""A spot machine on AWS for a run: asked for, watched, ended; thin over boto3, printed before it is done."""
