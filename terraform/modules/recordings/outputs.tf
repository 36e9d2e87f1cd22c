output "buckets" {
  description = "Kind → name, of buckets that exist."
  value       = { for kind, bucket in aws_s3_bucket.this : kind => bucket.bucket }
}
