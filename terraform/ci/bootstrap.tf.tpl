# Of the tests, as recordings.tf.tpl.
resource "aws_s3_bucket_policy" "state" {
  count = 0
}
