# Of the tests: the stand-in takes a refusal for unconditional, and would refuse everything. What the policies say is
# tested without it (modules/recordings/tests). The one permission is needed: who may deliver logs is looked up.
resource "aws_s3_bucket_policy" "this" {
  for_each = { logs = var.buckets.logs }
  policy   = jsonencode({ Version = "2012-10-17", Statement = local.of_logs })
}
