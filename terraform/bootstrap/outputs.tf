output "bucket" {
  value = aws_s3_bucket.state.bucket
}

output "key" {
  value = aws_kms_alias.state.name
}
